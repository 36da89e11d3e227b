// The preview's shell: takes each newer version into the page and keeps the reader's place.
"use strict";

const frame = document.querySelector("iframe");
let made = document.getElementById("state").dataset.made;
let view = "/report.html";

function mark() {
  for (const link of document.querySelectorAll("nav a[target=view]")) {
    if (link.getAttribute("href") === view) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

function place() {
  try {
    return [frame.contentWindow.scrollX, frame.contentWindow.scrollY];
  } catch {
    return [0, 0]; // the browser's own PDF pages keep their place to themselves
  }
}

function reload() {
  const [x, y] = place();
  frame.addEventListener("load", () => {
    try {
      frame.contentWindow.scrollTo(x, y);
    } catch { /* as above */ }
  }, { once: true });
  frame.contentWindow.location.replace(view);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("nav a[target=view]");
  if (link) {
    view = link.getAttribute("href");
    mark();
  }
});

async function update() {
  const answer = await fetch("/state");
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("state");
  if (!fresh) return;
  document.getElementById("state").replaceWith(fresh);
  const name = fresh.querySelector("strong").textContent;
  document.title = `${name} · preview`;
  frame.title = name;
  const links = [...fresh.querySelectorAll("nav a[target=view]")].map((link) => link.getAttribute("href"));
  if (links.length && !links.includes(view)) view = "/report.html";
  mark();
  if (fresh.dataset.made !== made) {
    made = fresh.dataset.made;
    reload();
  }
}

const seen = document.getElementById("state").dataset.version;
new EventSource(`/events/${seen}`).addEventListener("changed", () => { update().catch(() => {}); });
