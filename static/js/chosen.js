// A row of choices that runs past the edge opens at the one that is chosen.
import { onArrival } from "./page.js";

onArrival(".side-nav, .chips-scroll, .list-tabs", (row) => {
  const chosen = row.querySelector("[aria-current], :checked");
  if (!chosen) return;
  const [place, here] = [(chosen.closest(".chip") || chosen).getBoundingClientRect(), row.getBoundingClientRect()];
  if (place.right > here.right) row.scrollLeft += place.left - here.left - (here.width - place.width) / 2;
});
