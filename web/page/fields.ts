/** Controls with a label, of which each knows how to show a value. */

import { freshId, h } from "./dom";

export interface Field {
  element: HTMLElement;
  /** Shows a value; null stands for what is not set. */
  show(value: string | null): void;
}

export type Option = [value: string, text: string];

/** A list to choose from. A value that is not in it is added, so that nothing is hidden. */
export function choice(label: string, options: Option[], changed: (value: string) => void): Field {
  const id = freshId();
  const select = h("select", { id, change: () => changed(select.value) });
  const add = ([value, text]: Option) => select.append(h("option", { value }, text));
  options.forEach(add);
  return {
    element: h("div", { class: "field" }, h("label", { for: id }, label), select),
    show(value) {
      const wanted = value ?? "";
      if (![...select.options].some((option) => option.value === wanted)) add([wanted, wanted || "as it comes"]);
      select.value = wanted;
    },
  };
}

/** A text or number, taken when the reader is done with it. */
export function entry(
  label: string,
  attributes: Record<string, string | number>,
  changed: (value: string) => void,
): Field {
  const id = freshId();
  const input = h("input", { id, ...attributes, change: () => changed(input.value.trim()) });
  return {
    element: h("div", { class: "field" }, h("label", { for: id }, label), input),
    show(value) {
      if (document.activeElement !== input || input.value.trim() === "") input.value = value ?? "";
    },
  };
}

/** A slider beside its number. `from` and `to` turn positions into values and back. */
export function slider(
  label: string,
  range: { min: number; max: number; step: number },
  changed: (value: string) => void,
  from: (position: number) => string = String,
  to: (value: number) => number = (value) => value,
): Field {
  const id = freshId();
  const numberId = freshId();
  const input = h("input", {
    id,
    type: "range",
    ...range,
    input: () => {
      number.value = from(Number(input.value));
      input.setAttribute("aria-valuetext", number.value);
      changed(number.value);
    },
  });
  const number = h("input", {
    id: numberId,
    class: "number",
    inputmode: "decimal",
    "aria-label": `${label}, as a number`,
    change: () => changed(number.value.trim()),
  });
  return {
    element: h("div", { class: "field slider" }, h("label", { for: id }, label), number, input),
    show(value) {
      if (document.activeElement !== number) number.value = value ?? "";
      input.value = String(to(Number(value ?? range.min)));
      input.setAttribute("aria-valuetext", value ?? "not set");
    },
  };
}

export function tick(label: string, changed: (isOn: boolean) => void): Field {
  const input = h("input", { type: "checkbox", change: () => changed(input.checked) });
  return {
    element: h("label", { class: "inline" }, input, ` ${label}`),
    show(value) {
      input.checked = value === "true";
    },
  };
}

/** Fields under a heading. */
export function group(title: string, ...children: HTMLElement[]): HTMLElement {
  return h("fieldset", {}, h("legend", {}, title), ...children);
}
