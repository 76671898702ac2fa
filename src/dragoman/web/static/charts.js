// Draws the charts of a page. Each is a Vega-Lite specification in a data block; expressions are interpreted, never
// compiled (the policy of the pages forbids it). Colours stay names of the style sheet, so that they follow it, on paper too.
(function () {
  "use strict";
  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  function config() {
    const ink = "var(--ink)", soft = "var(--soft)", line = "var(--line)";
    const font = style("--sans");
    return {
      background: null,
      font: font,
      view: { stroke: null },
      axis: { labelColor: soft, titleColor: soft, titleFontWeight: 400, gridColor: line, domainColor: soft, tickColor: line, labelFontSize: 11, titleFontSize: 11 },
      legend: { labelColor: ink, titleColor: soft, titleFontWeight: 400, labelFontSize: 12, symbolType: "square" },
      header: { labelColor: ink, titleColor: soft, labelFontSize: 12 },
      text: { color: ink, fontSize: 12 },
      rule: { color: soft },
      title: { color: ink, fontSize: 12, fontWeight: 600, anchor: "start" },
    };
  }

  // Between the colours of a scale of numbers others are reckoned: that needs what the names stand for.
  const between = (scale) => Array.isArray(scale.range) && Array.isArray(scale.domain) && scale.domain.every(Number.isFinite);
  const colour = (value) => String(value).startsWith("var(--") ? style(value.slice(4, -1)) : value;

  function filled(value) {
    if (Array.isArray(value)) return value.map(filled);
    if (!value || typeof value !== "object") return value;
    if (value.name === "land" && value.format) return { values: window.dragomanLand, format: value.format };
    const made = {};
    for (const key of Object.keys(value)) made[key] = key === "datasets" ? value[key] : filled(value[key]);
    if (between(made)) made.range = made.range.map(colour);
    return made;
  }

  function draw(block) {
    const given = JSON.parse(block.textContent);
    const spec = filled(given.spec);
    spec.datasets = Object.assign({}, spec.datasets, given.data);
    const target = document.getElementById(block.dataset.for);
    return window.vegaEmbed(target, spec, {
      mode: "vega-lite", ast: true, actions: false, renderer: "svg", defaultStyle: false,
      tooltip: { disableDefaultStyle: true }, config: config(), hover: true,
    }).then(function () {
      // The box around it is the image, with its words; the marks inside would be read one by one without any.
      target.querySelectorAll("svg").forEach((svg) => svg.setAttribute("aria-hidden", "true"));
    }).catch(function (error) {
      target.textContent = "This chart cannot be drawn: " + error.message;
    });
  }

  function all() {
    document.querySelectorAll("script.spec").forEach(draw);
  }

  all();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", all);
})();
