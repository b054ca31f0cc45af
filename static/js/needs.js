// Chips whose order counts: the first tap is the dearest.
import { onArrival } from "./page.js";

function ordered(box) {
  const field = document.getElementById(box.dataset.ordered);
  const taken = field.value ? field.value.split(",") : [];

  function show() {
    box.querySelectorAll("input").forEach((input) => {
      const place = taken.indexOf(input.value);
      if (place < 0) delete input.nextElementSibling.dataset.place;
      else input.nextElementSibling.dataset.place = place + 1;
    });
    field.value = taken.join(",");
  }

  box.addEventListener("change", (event) => {
    const place = taken.indexOf(event.target.value);
    if (place >= 0) taken.splice(place, 1);
    if (event.target.checked) taken.push(event.target.value);
    show();
  }, true);
  show();
}

onArrival("[data-ordered]", ordered);

// Each tap is kept by itself. A link that is tapped meanwhile leads on when the last one is; what could
// not be kept, or came second, is read first.
const KEPT = 200;
let changed = false;
let onTheWay = false;
let leadsOn = null;

const ofPart = (event) => event.detail.requestConfig.elt.id === "needs-part";

document.addEventListener("change", (event) => {
  if (event.target.closest("#needs-part")) changed = true;
});
document.addEventListener("htmx:beforeSend", (event) => {
  if (ofPart(event)) [changed, onTheWay] = [false, true];
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (!ofPart(event)) return;
  onTheWay = false;
  const kept = event.detail.xhr.status === KEPT;
  if (kept && changed) return; // the next one stands in line
  const link = kept && leadsOn;
  [changed, leadsOn] = [false, null];
  if (link) link.click();
});
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]:not([target])");
  if (!link || !(changed || onTheWay)) return;
  event.preventDefault();
  event.stopPropagation();
  leadsOn = link;
}, true);
