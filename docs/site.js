// What the theme leaves out for people who use a keyboard or a screen reader.
function name() {
  document.querySelector("[data-md-component=search]")?.setAttribute("aria-label", "Search");
  for (const code of document.querySelectorAll("pre > code, .md-typeset__table")) {
    if (code.scrollWidth > code.clientWidth) code.tabIndex = 0; // the arrow keys scroll it
  }
}

name();
addEventListener("resize", name);
for (const input of document.querySelectorAll(".tabbed-set > input")) input.addEventListener("change", name);
