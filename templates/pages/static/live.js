// Shows changes without a reload. Pages work without it: the server's word is only a hint to look again.
"use strict";

const main = document.querySelector("main[data-live]");
let source = null;

async function refresh() {
  const held = document.activeElement;
  if (held && held.matches("input, select")) return; // never take a half-typed word away
  const answer = await fetch(location.href);
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const made = fresh.querySelector("main[data-live]");
  if (!made) return;
  document.title = fresh.title;
  main.dataset.live = made.dataset.live;
  main.replaceChildren(...made.childNodes);
  if (held && held.matches("a[href]")) {
    const same = [...main.querySelectorAll("a[href]")].find((link) => link.href === held.href);
    if (same) same.focus({ preventScroll: true });
  }
}

function listen() {
  if (document.hidden) {
    if (source) source.close(); // a browser opens only six connections to one server
    source = null;
  } else if (!source) {
    source = new EventSource(main.dataset.live);
    source.onmessage = () => refresh().catch(() => {}); // the server is gone; EventSource tries again
  }
}

if (main) {
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) refresh().catch(() => {});
    listen();
  });
  listen();
}
