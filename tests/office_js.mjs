// Excel's side of xlwings Server: loads the JavaScript that the server serves and calls its functions as cells do.
//
// A small stand-in for Office.js; the code under test is the served one. Reads {url, token, calls: [{function,
// args}]} from standard input; args are matrices of cells, or null where an argument is left out. Writes
// {associated, named, requests, answers: [{value} or {error, message}]}.
import https from "node:https";
import vm from "node:vm";
import { webcrypto } from "node:crypto";

const { url, calls, token = "" } = JSON.parse(await text(process.stdin));
// A browser opens six connections to one server.
const agent = new https.Agent({ keepAlive: true, maxSockets: 6 });
let requests = 0;

async function text(stream) {
  const pieces = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces).toString("utf8");
}

function send(method, address, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const request = https.request(address, { method, headers, agent }, async (response) => {
      resolve({ status: response.statusCode, body: await text(response) });
    });
    request.on("error", reject);
    request.end(body);
  });
}

// ---- what Excel and xlwings' task pane provide ----

const functions = {};
globalThis.crypto ??= webcrypto;
globalThis.window = { location: { origin: url } };
const stored = new Map([["carecostToken", token]]);
globalThis.localStorage = { getItem: (key) => stored.get(key) ?? null, setItem: (key, value) => stored.set(key, value) };
globalThis.Office = {
  onReady: async (ready) => ready?.({}),
  context: { requirements: { isSetSupported: () => true } },
};
globalThis.Excel = {
  RequestContext: class {
    workbook = { name: "Budget.xlsx", load() {} };
    async sync() {}
  },
};
globalThis.CustomFunctions = {
  associate: (id, body) => (functions[id] = body),
  ErrorCode: { invalidValue: "#VALUE!" },
  Error: class extends Error {
    constructor(code, message) {
      super(message);
      this.code = code;
    }
  },
};
globalThis.xlwings = { getCultureInfoName: async () => "de-DE", getDateFormat: async () => "TT.MM.JJJJ" };
globalThis.xwRequest = {
  async post(address, body, { headers }) {
    requests += 1;
    const response = await send("POST", address, JSON.stringify(body), headers);
    let data = response.body;
    try {
      data = JSON.parse(data);
    } catch {
      // an error's plain text
    }
    if (response.status === 200) return { data };
    throw Object.assign(new Error(), { response: { status: response.status, data, statusText: "" } });
  },
};
console.error = () => {};

// ---- as the task pane loads it ----

async function served(path) {
  const response = await send("GET", url + path);
  if (response.status !== 200) throw new Error(`${path}: ${response.status}`);
  return response.body;
}
const page = await served("/taskpane.html");
globalThis.config = JSON.parse(page.match(/<script id="config" type="application\/json">(.*?)<\/script>/s)[1]);
const meta = JSON.parse(await served("/xlwings/custom-functions-meta.json"));
vm.runInThisContext(await served("/static/js/auth.js"));
vm.runInThisContext(await served("/xlwings/custom-functions-code.js"));

async function called({ function: name, args }, place) {
  const wanted = meta.functions.find((found) => found.name === name);
  const all = wanted.parameters.map((_, position) => args[position] ?? null);
  try {
    return { value: await functions[wanted.id](...all, { address: `Sheet1!A${place + 1}` }) };
  } catch (error) {
    if (!(error instanceof CustomFunctions.Error)) throw error;
    return { error: error.code, message: error.message };
  }
}

const answers = await Promise.all(calls.map(called));
agent.destroy();
process.stdout.write(
  JSON.stringify({
    associated: Object.keys(functions),
    named: meta.functions.map((found) => found.name),
    requests,
    answers,
  }),
);
