// Who is asking: sent with every call, as the server's --auth says. With --auth token, the token that was typed
// into the task pane once and is kept in this add-in's own storage.
const TOKEN = "carecostToken";

globalThis.getAuth = async function () {
  if (config.authProviders.includes("entraid")) {
    return { token: await xlwings.getAccessToken(), provider: "entraid" };
  }
  if (config.authProviders.includes("token")) {
    return { token: `Bearer ${localStorage.getItem(TOKEN) ?? ""}`, provider: "token" };
  }
  return { token: "", provider: "" };
};

globalThis.document?.addEventListener("DOMContentLoaded", () => {
  const form = document.getElementById("carecost-token");
  form?.addEventListener("submit", (event) => {
    event.preventDefault();
    localStorage.setItem(TOKEN, form.querySelector("input").value.trim());
    form.querySelector("[role=status]").textContent = "Kept. Press Ctrl+Alt+F9 to calculate again.";
  });
});
