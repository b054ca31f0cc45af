// Search everywhere: Ctrl+K, "/" or the search field open the panel; arrows and Enter choose a customer.
const panel = document.getElementById("search-panel");
const field = panel?.querySelector("[data-panel-field]");
const typing = (target) => target.closest("input, textarea, select, [contenteditable]");
const choices = () => [...panel.querySelectorAll("a.found")];

function open() {
  if (!panel || panel.open || document.querySelector("dialog[open]")) return false;
  panel.showModal();
  field.focus();
  field.select();
  return true;
}

function choose(step) {
  const all = choices();
  const at = all.findIndex((row) => row.hasAttribute("data-chosen"));
  const next = all[Math.min(Math.max(at + step, 0), all.length - 1)];
  if (!next) return;
  all.forEach((row) => row.toggleAttribute("data-chosen", row === next));
  next.scrollIntoView({ block: "nearest" });
  field.setAttribute("aria-activedescendant", next.id);
}

document.addEventListener("keydown", (event) => {
  const command = event.ctrlKey || event.metaKey;
  const asked = (command && event.key.toLowerCase() === "k") || (event.key === "/" && !typing(event.target));
  if (asked && open()) event.preventDefault();
});
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-search-open]");
  if (opener && !event.ctrlKey && !event.metaKey && open()) event.preventDefault();
  if (panel?.open && (event.target === panel || event.target.closest("[data-panel-close]"))) panel.close();
});
panel?.addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    choose(event.key === "ArrowDown" ? 1 : -1);
  }
  const chosen = panel.querySelector("a.found[data-chosen]");
  if (event.key === "Enter" && chosen && event.target === field) {
    event.preventDefault();
    chosen.click();
  }
});
