"use strict";
// Language and colours, remembered in the address as #de-3!dark, and values on charts. Without
// this script the page shows everything but these.
(() => {
  const root = document.documentElement;
  const pages = [...document.querySelectorAll(".page")];
  const shown = () => pages.find((page) => !page.hidden);

  const address = () => {
    const [place, theme] = location.hash.slice(1).split("!");
    return { place, theme: ["light", "dark"].includes(theme) ? theme : "" };
  };
  const remember = (place, theme) => {
    const hash = "#" + place + (theme ? "!" + theme : "");
    if (hash !== location.hash) history.replaceState(null, "", hash);
  };

  // The section a reader is in, so that a change of language does not lose the place.
  const section = () => {
    const above = [...shown().querySelectorAll("h2[id]")].filter((h) => h.getBoundingClientRect().top < 120);
    return above.length ? above[above.length - 1].id.split("-")[1] : "";
  };

  const show = (place, theme) => {
    const target = document.getElementById(place);
    const page = (target && target.closest(".page")) || shown();
    for (const one of pages) one.hidden = one.querySelector("main").hidden = one !== page;
    root.lang = page.lang;
    document.title = page.dataset.title;
    if (theme) root.dataset.theme = theme;
    else delete root.dataset.theme;
    const dark = theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    for (const button of document.querySelectorAll("button[data-theme]")) {
      button.setAttribute("aria-pressed", String((button.dataset.theme === "dark") === dark));
    }
    return target;
  };
  const follow = () => {
    const { place, theme } = address();
    const kept = theme || root.dataset.theme || "";
    const target = show(place, kept);
    if (place) remember(place, kept);
    if (target && !target.classList.contains("page")) target.scrollIntoView();
  };

  for (const header of document.querySelectorAll(".switches")) {
    header.hidden = false;
    header.addEventListener("click", (event) => {
      const link = event.target.closest("a");
      const button = event.target.closest("button");
      const theme = root.dataset.theme || "";
      if (link) {
        event.preventDefault();
        const code = link.hash.slice(1);
        const at = section();
        const place = at ? code + "-" + at : code;
        remember(place, theme);
        const target = show(place, theme);
        if (at && target) target.scrollIntoView();
        shown().querySelector(".switches [aria-current]").focus({ preventScroll: true });
      } else if (button) {
        const place = address().place || shown().id;
        remember(place, button.dataset.theme);
        show(place, button.dataset.theme);
      }
    });
  }
  addEventListener("hashchange", follow);
  follow();

  // Values: what is nearest to the pointer, or the next one by arrow key.
  for (const picture of document.querySelectorAll(".picture")) {
    const spots = [...picture.querySelectorAll(".spots rect")];
    const texts = spots.map((spot) => {
      const title = spot.querySelector("title");
      title.remove();
      return title.textContent;
    });
    let at = -1;
    const tell = (next) => {
      const value = picture.closest(".page").querySelector(".value");
      if (at >= 0) spots[at].classList.remove("on");
      at = next;
      value.textContent = at < 0 ? "" : texts[at];
      if (at < 0) return;
      spots[at].classList.add("on");
      const box = spots[at].getBoundingClientRect();
      const left = Math.min(Math.max(box.left, 8), innerWidth - value.offsetWidth - 8);
      const top = box.top - value.offsetHeight - 8;
      value.style.left = Math.max(left, 8) + "px";
      value.style.top = (top < 8 ? box.bottom + 8 : top) + "px";
    };
    picture.addEventListener("pointermove", (event) => {
      const distance = (spot) => {
        const box = spot.getBoundingClientRect();
        const away = (low, high, to) => Math.max(low - to, 0, to - high);
        return Math.hypot(away(box.left, box.right, event.clientX), away(box.top, box.bottom, event.clientY));
      };
      let best = -1;
      let least = 24;
      spots.forEach((spot, place) => {
        const far = distance(spot);
        if (far < least) [best, least] = [place, far];
      });
      if (best !== at) tell(best);
    });
    picture.addEventListener("pointerleave", () => tell(-1));
    picture.addEventListener("blur", () => tell(-1));
    picture.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (event.key === "Escape") return tell(-1);
      if (!step || !spots.length) return undefined;
      event.preventDefault();
      const next = at < 0 && step < 0 ? spots.length - 1 : (at + step + spots.length) % spots.length;
      spots[next].scrollIntoView({ block: "nearest", inline: "center" });
      return tell(next);
    });
  }
})();
