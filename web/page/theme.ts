/** The colours of the style sheet, for what is drawn on a canvas. */

export interface Theme {
  paper: string;
  ink: string;
  soft: string;
  rule: string;
  band: string;
  warn: string;
  /** Run A, run B. */
  runs: [string, string];
  /** Classes. */
  classes: string[];
}

export const RUN_NAMES = ["A", "B"] as const;

let current: Theme | null = null;

export function theme(): Theme {
  return (current ??= readTheme());
}

/** Calls back when light turns dark or the other way round. */
export function onThemeChange(redraw: () => void): void {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    current = null;
    redraw();
  });
}

function readTheme(): Theme {
  const style = getComputedStyle(document.documentElement);
  const get = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    paper: get("card"),
    ink: get("ink"),
    soft: get("soft"),
    rule: get("rule"),
    band: get("band"),
    warn: get("warn"),
    runs: [get("a"), get("b")],
    classes: [0, 1, 2, 3, 4, 5, 6, 7].map((i) => get(`class-${i}`)),
  };
}

/** A colour of the style sheet, #rrggbb, as three numbers. */
export function rgb(colour: string): [number, number, number] {
  const bits = parseInt(colour.slice(1), 16);
  return [(bits >> 16) & 255, (bits >> 8) & 255, bits & 255];
}
