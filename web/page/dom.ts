/** Elements made in one expression. Text is always text: nothing from outside is ever read as HTML. */

type Attributes = Record<string, string | number | boolean | null | ((event: never) => void)>;
type Child = Node | string | null | false;

/** An element. A function in `attributes` listens to the event of that name; true is an attribute without a value. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value as unknown as EventListener);
    else if (value !== false && value !== null) element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child): child is Node | string => child !== null && child !== false));
  return element;
}

/** Sets a text only where it changed, so that nothing is laid out or read aloud for nothing. */
export function say(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** The element of this id in the page as it was written. */
export function byId(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no element ${id}`);
  return element;
}

let last = 0;
/** An id that no other element has. */
export function freshId(): string {
  return `e${++last}`;
}
