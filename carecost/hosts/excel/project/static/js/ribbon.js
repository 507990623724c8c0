// The ribbon's buttons, one for each script: the manifest calls them by name.
for (const script of JSON.parse(document.getElementById("carecost-scripts").textContent)) {
  Office.actions.associate(script.function_name, async (event) => {
    const auth = await globalThis.getAuth();
    await xlwings.runPython({
      scriptName: script.function_name,
      include: script.include ?? "",
      exclude: script.exclude ?? "",
      auth: auth.token,
      headers: { "Auth-Provider": auth.provider },
      errorDisplayMode: "taskpane",
    });
    event.completed();
  });
}
