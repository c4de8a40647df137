"use strict";
const choices = [...document.querySelectorAll("#filter select")];
const kinds = "[data-model], [data-suite], [data-language]";
function show() {
  const wanted = choices.filter((each) => each.value).map((each) => [each.name, each.value]);
  for (const part of document.querySelectorAll(kinds)) {
    part.hidden = wanted.some(([name, value]) => name in part.dataset && part.dataset[name] !== value);
  }
  // What has no row left is not shown: inner parts first, for the outer ones are judged by them.
  for (const part of [...document.querySelectorAll("[data-some]")].reverse()) {
    const rows = [...part.querySelectorAll("[data-language]")];
    const left = rows.some((row) => !row.hidden && !(row.parentElement !== part && row.parentElement.hidden));
    part.hidden = (part.matches(kinds) && part.hidden) || !left;
  }
}
for (const each of choices) each.addEventListener("change", show);
document.getElementById("filter").hidden = false;
show();
