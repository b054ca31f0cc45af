// A shared tablet that nobody touches goes back to the names; what was typed is on the server by then.
const form = document.querySelector("form[data-lock-after]");

if (form) {
  const idle = Number(form.dataset.lockAfter) * 1000;
  let timer;
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(() => form.requestSubmit(), idle);
  };
  ["pointerdown", "keydown", "input", "scroll"].forEach((name) => addEventListener(name, wait, { passive: true }));
  wait();
}
