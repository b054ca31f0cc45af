// A card is dragged to another column; the server moves it or says what is missing, and the board follows.
import { onArrival } from "./page.js";

const MOVING = "dragging";
let card = null;

const columnAt = (event) => event.target.closest?.("[data-board] [data-step]");

function mark(column) {
  document.querySelectorAll(".column.target").forEach((other) => other.classList.toggle("target", other === column));
  column?.classList.add("target");
}

function move(from, to) {
  const board = card.closest("[data-board]");
  htmx.ajax("POST", new URL(card.querySelector(".b-menu").href).pathname, {
    source: board,
    target: "#sheet-inner",
    swap: "innerHTML",
    values: { to: to.dataset.step, seen: from.dataset.step, next: board.getAttribute("hx-get") },
  });
}

document.addEventListener("dragstart", (event) => {
  card = event.target.closest?.('[data-card][draggable="true"]');
  if (!card) return;
  card.classList.add(MOVING);
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", card.dataset.card);
});
document.addEventListener("dragover", (event) => {
  const column = card && columnAt(event);
  mark(column);
  if (column) event.preventDefault();
});
document.addEventListener("drop", (event) => {
  const to = card && columnAt(event);
  if (!to) return;
  event.preventDefault();
  const from = card.closest("[data-step]");
  if (to !== from) move(from, to);
});
document.addEventListener("dragend", () => {
  card?.classList.remove(MOVING);
  mark(null);
  card = null;
});

// On a phone, where one column fills the screen, the first one with somebody in it.
onArrival("[data-board]", (board) => {
  const column = board.querySelector("[data-card]")?.closest("[data-step]");
  if (column && !location.hash) board.scrollLeft = column.offsetLeft - board.firstElementChild.offsetLeft;
});
