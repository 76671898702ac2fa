// Keys of the review page, and words picked in the text. Without this script the buttons and fields do.
(function () {
  "use strict";
  const page = document.querySelector("[data-review]");
  if (!page) return;
  const text = page.querySelector("[data-text]");
  const judge = page.querySelector("#judge");
  const spans = new Map();
  let field = null;
  // Offsets of the record count characters, those of scripts UTF-16 units.
  const count = (words) => Array.from(words).length;

  function picked() {
    const selection = document.getSelection();
    if (!text || !selection || selection.isCollapsed) return null;
    const range = selection.getRangeAt(0);
    if (!text.contains(range.commonAncestorContainer)) return null;
    const before = document.createRange();
    before.selectNodeContents(text);
    before.setEnd(range.startContainer, range.startOffset);
    const start = count(before.toString());
    return { start: start, end: start + count(range.toString()), words: range.toString() };
  }

  // The field last gone to takes the words; they stand below it.
  function use(control) {
    page.querySelectorAll("label.using").forEach((label) => label.classList.remove("using"));
    field = control;
    if (control) control.closest("label").classList.add("using");
  }

  function keep(control, found) {
    const label = control.closest("label");
    let shown = label.querySelector(".picked");
    if (!shown) {
      shown = document.createElement("span");
      shown.className = "picked said";
      label.append(shown);
    }
    shown.textContent = "“" + found.words + "”";
    spans.set(control.name, control.name + ":" + found.start + "-" + found.end);
    judge.elements.spans.value = Array.from(spans.values()).join(" ");
    if (control.name === "evidence") control.value = found.words;
  }

  document.addEventListener("selectionchange", function () {
    const found = picked();
    if (!found) return;
    if (field) {
      keep(field, found);
      return;
    }
    page.querySelectorAll("form").forEach(function (form) {
      form.elements.words.value = found.words;
      form.elements.span_start.value = String(found.start);
      form.elements.span_end.value = String(found.end);
    });
  });
  page.querySelectorAll("form").forEach(function (form) {
    form.addEventListener("focusin", (event) => use("field" in event.target.dataset ? event.target : null));
  });
  page.querySelectorAll("input[name=words]").forEach(function (input) {
    input.addEventListener("input", function () {
      input.form.elements.span_start.value = input.form.elements.span_end.value = "";
    });
  });
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape" && event.target.closest("form")) {
      event.target.blur();
      use(null);
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
    if (event.key === "e") {
      event.preventDefault();
      judge.querySelector("select").focus();
      return;
    }
    const control = page.querySelector('[data-key="' + CSS.escape(event.key) + '"]');
    if (control) {
      event.preventDefault();
      control.click();
    }
  });
})();
