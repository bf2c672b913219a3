// Keeps the page current without moving anything under a reader's finger or focus.
"use strict";
(() => {
  const EVERY_MS = 15000;
  const bar = document.getElementById("live");
  let heardAt = new Date();

  const busy = () => {
    const main = document.getElementById("main");
    const focused = document.activeElement;
    return (focused !== main && main.contains(focused)) || !document.getSelection().isCollapsed;
  };
  const openDetails = () => [...document.querySelectorAll("#main details")].map((each) => each.open);
  const say = (text, link) => {
    bar.hidden = !text;
    bar.textContent = text;
    if (link) {
      const button = document.createElement("button");
      button.textContent = bar.dataset.show;
      button.addEventListener("click", link);
      bar.append(" ", button);
    }
  };
  const show = (fresh) => {
    const open = openDetails();
    const place = window.scrollY;
    document.getElementById("main").replaceWith(fresh.getElementById("main"));
    document.querySelectorAll("#main details").forEach((each, index) => { each.open = open[index] ?? each.open; });
    document.querySelector("footer").replaceWith(fresh.querySelector("footer"));
    window.scrollTo(0, place);
    say("");
  };
  const look = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(location.href, { cache: "no-store", signal: AbortSignal.timeout(10000) });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      heardAt = new Date();
      const changed = fresh.getElementById("main").dataset.version !== document.getElementById("main").dataset.version;
      if (!busy()) show(fresh);
      else if (changed) say(bar.dataset.news, () => show(fresh));
      else say("");
    } catch {
      say(bar.dataset.lost.replace("{time}", heardAt.toLocaleTimeString()));
    }
  };
  setInterval(look, EVERY_MS);
  document.addEventListener("visibilitychange", look);
})();
