// Moves the time slider without a press of its button; without this script the button does.
(function () {
  "use strict";
  document.querySelectorAll("input[data-auto]").forEach(function (input) {
    const output = input.form.querySelector("output");
    const names = Array.from(document.querySelectorAll("#" + input.getAttribute("list") + " option"), (o) => o.label);
    input.addEventListener("input", function () {
      output.textContent = names[Number(input.value)] || input.value;
      input.setAttribute("aria-valuetext", output.textContent);
    });
    input.addEventListener("change", () => input.form.requestSubmit());
  });
})();
