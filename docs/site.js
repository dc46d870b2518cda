// What the theme leaves out for people who use a keyboard or a screen reader.
document.querySelector("[data-md-component=search]")?.setAttribute("aria-label", "Search");

// The arrow keys scroll a long line. The theme allows that for what is on the screen only, and takes it back.
const reachable = (code) => code.tabIndex === 0 || (code.tabIndex = 0);
const observer = new MutationObserver((changes) => changes.forEach((change) => reachable(change.target)));
for (const code of document.querySelectorAll("pre > code")) {
  reachable(code);
  observer.observe(code, { attributeFilter: ["tabindex"] });
}

// They scroll a wide table, too. The theme wraps tables once the page is shown; those that fit need no place to stop at.
const measured = new ResizeObserver((entries) => {
  for (const { target } of entries) target.tabIndex = target.scrollWidth > target.clientWidth ? 0 : -1;
});
const measure = () => document.querySelectorAll(".md-typeset__scrollwrap").forEach((table) => measured.observe(table));
new MutationObserver(measure).observe(document.body, { childList: true, subtree: true });
measure();
