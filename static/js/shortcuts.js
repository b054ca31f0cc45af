// Ctrl+Enter saves from a text box.

document.addEventListener("keydown", (event) => {
  const command = event.ctrlKey || event.metaKey;
  if (command && event.key === "Enter" && event.target.matches("textarea")) {
    event.target.form?.requestSubmit();
  }
});
