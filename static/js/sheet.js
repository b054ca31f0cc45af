// The sheet: a page of its own, shown in a dialog when htmx brings it into #sheet-inner.
import { clearNotice } from "./page.js";

const CLOSING_MS = 160;
const dialog = document.querySelector("[data-sheet]");
const inner = dialog.firstElementChild;

export function openSheet(url) {
  return htmx.ajax("GET", url, { target: "#sheet-inner", swap: "innerHTML" });
}

function show() {
  if (dialog.open) return;
  clearNotice();
  dialog.showModal();
  (dialog.querySelector("[autofocus]") || dialog.querySelector("h1"))?.focus();
}

export function closeSheet() {
  if (!dialog.open || dialog.classList.contains("closing")) return;
  dialog.dispatchEvent(new CustomEvent("sheet:closing", { bubbles: true }));
  dialog.classList.add("closing");
  setTimeout(() => {
    dialog.classList.remove("closing");
    dialog.style.translate = "";
    dialog.close();
    inner.replaceChildren();
  }, CLOSING_MS);
}

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target === inner && inner.childElementCount) show();
});
document.addEventListener("sheet:close", closeSheet);
dialog.addEventListener("cancel", (event) => {
  event.preventDefault();
  closeSheet();
});
dialog.addEventListener("click", (event) => {
  if (event.target === dialog || event.target.closest("[data-close]")) {
    event.preventDefault();
    closeSheet();
  }
});

// A finger pulls the sheet down by its head.
let pulledFrom = null;
const pulled = (event) => Math.max(0, event.clientY - pulledFrom);
dialog.addEventListener("pointerdown", (event) => {
  const grip = event.pointerType === "touch" && event.target.closest(".sheet-head");
  pulledFrom = grip && !event.target.closest("a, button") ? event.clientY : null;
});
dialog.addEventListener("pointermove", (event) => {
  if (pulledFrom !== null) dialog.style.translate = `0 ${pulled(event)}px`;
});
function letGo(event) {
  if (pulledFrom === null) return;
  if (event.type === "pointerup" && pulled(event) > 80) closeSheet();
  else dialog.style.translate = "";
  pulledFrom = null;
}
dialog.addEventListener("pointerup", letGo);
dialog.addEventListener("pointercancel", letGo);
