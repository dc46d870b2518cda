// What the theme leaves out for people who use a keyboard or a screen reader.
document.querySelector("[data-md-component=search]")?.setAttribute("aria-label", "Search");
for (const code of document.querySelectorAll("pre > code")) code.tabIndex = 0; // the arrow keys scroll a long line
