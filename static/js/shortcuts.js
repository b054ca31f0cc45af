// Ctrl+K and "/" go to the search field, Ctrl+Enter saves from a text box.

const typing = (target) => target.closest("input, textarea, select, [contenteditable]");

document.addEventListener("keydown", (event) => {
  const command = event.ctrlKey || event.metaKey;
  if (command && event.key === "Enter" && event.target.matches("textarea")) {
    event.target.form?.requestSubmit();
  }
  const asked = (command && event.key.toLowerCase() === "k") || (event.key === "/" && !typing(event.target));
  const field = asked && [...document.querySelectorAll("[data-search]")].find((box) => box.checkVisibility());
  if (!field || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  field.focus();
  field.select();
});
