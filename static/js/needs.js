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
