(() => {
  "use strict";
  const root = document.documentElement;

  // Light or dark: the system decides until somebody does.
  const toggle = document.querySelector("[data-theme-toggle]");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
  const label = () => {
    toggle.textContent = isDark() ? "Light" : "Dark";
    toggle.setAttribute("aria-label", `Switch to the ${isDark() ? "light" : "dark"} theme`);
  };
  toggle.hidden = false;
  toggle.addEventListener("click", () => { root.dataset.theme = isDark() ? "light" : "dark"; label(); });
  system.addEventListener("change", label);
  label();

  // The search field hides lines of the contents and the cards they lead to.
  for (const field of document.querySelectorAll("[data-filter]")) {
    const lines = [...field.closest("label").nextElementSibling.children];
    const texts = lines.map((line) => line.textContent.toLowerCase());
    field.addEventListener("input", () => {
      const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
      lines.forEach((line, i) => {
        const hidden = !words.every((word) => texts[i].includes(word));
        line.hidden = hidden;
        const card = document.getElementById(line.dataset.for);
        if (card) card.hidden = hidden;
      });
    });
  }

  // On a narrow screen the contents start closed.
  const contents = document.querySelector(".contents details");
  if (contents && matchMedia("(max-width: 900px)").matches) contents.open = false;

  // What a mark of a chart says to a screen reader, the pointer sees as well.
  const tooltip = document.querySelector(".tooltip");
  document.addEventListener("pointermove", (event) => {
    const mark = event.target instanceof Element ? event.target.closest(".chart path[aria-label]") : null;
    tooltip.hidden = !mark;
    if (!mark) return;
    tooltip.textContent = mark.getAttribute("aria-label");
    tooltip.style.left = `${Math.min(event.clientX + 12, innerWidth - tooltip.offsetWidth - 8)}px`;
    tooltip.style.top = `${Math.max(event.clientY - tooltip.offsetHeight - 10, 4)}px`;
  });
  addEventListener("beforeprint", () => { for (const part of document.querySelectorAll("details")) part.open = true; });
})();
