// The day of the demo cars: without scripts a list of each car, with them placed by the clock.
const HOUR = 64; // pixels

// On the wall the day fills what is left of the screen.
function hourOf(grid) {
  if (grid.dataset.fit === undefined) return HOUR;
  const room = grid.clientHeight - 100;
  return Math.max(28, Math.min(HOUR * 1.5, (room * 60) / grid.dataset.minutes));
}

function place(grid) {
  grid.classList.add("placed");
  const hour = hourOf(grid);
  grid.dataset.pixels = hour / 60;
  const height = (grid.dataset.minutes * hour) / 60;
  grid.style.setProperty("--hour", `${hour}px`);
  grid.querySelectorAll(".lane-body, .grid-hours").forEach((box) => { box.style.height = `${height}px`; });
  grid.querySelectorAll("[data-top]").forEach((slot) => {
    slot.style.top = `${(slot.dataset.top * hour) / 60}px`;
    if (!slot.dataset.length) return;
    slot.style.height = `${Math.max((slot.dataset.length * hour) / 60 - 2, 24)}px`;
    slot.classList.toggle("slot-short", slot.dataset.length < 45);
  });
}

function drawNow(grid) {
  if (grid.dataset.now === undefined) return;
  const line = document.createElement("div");
  line.className = "now-line";
  const body = grid.querySelector(".lane-body");
  line.style.top = `${body.offsetTop + grid.dataset.now * grid.dataset.pixels}px`;
  grid.append(line);
}

const wide = matchMedia("(min-width: 768px)");
function show() {
  document.querySelectorAll(".day-grid").forEach((grid) => {
    grid.querySelector(".now-line")?.remove();
    grid.classList.toggle("placed", wide.matches);
    if (wide.matches) {
      place(grid);
      drawNow(grid);
    } else {
      grid.querySelectorAll("[data-top], .lane-body, .grid-hours").forEach((box) => box.removeAttribute("style"));
    }
  });
}
wide.addEventListener("change", show);
document.body.addEventListener("htmx:afterSettle", show); // a screen that refreshes itself
show();
