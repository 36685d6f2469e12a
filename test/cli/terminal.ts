/** As much of a terminal as it takes to see what a live picture leaves on it (ECMA-48; lines that are too long are cut). */
export class Terminal {
  #lines: string[][] = [[]];
  #row = 0;
  #column = 0;
  columns: number;
  rows: number;
  /** Whether the cursor shows. */
  cursor = true;
  /** Lines that have scrolled away. */
  scrolled = 0;

  constructor(columns: number, rows: number) {
    [this.columns, this.rows] = [columns, rows];
  }

  write(text: string): void {
    // eslint-disable-next-line no-control-regex -- control sequences are what a terminal reads
    for (const [part, , parameters, final] of text.matchAll(/(\u001b\[([?\d;]*)([A-Za-z]))|\r|\n|[^\u001b\r\n]/gu)) {
      if (final !== undefined) this.#obey(final, parameters);
      else if (part === "\n") this.#feed();
      else if (part === "\r") this.#column = 0;
      else this.#put(part);
    }
  }

  /** What stands on it, without empty lines at the end. */
  get text(): string {
    return this.#lines
      .map((line) =>
        Array.from(line, (char) => char ?? " ")
          .join("")
          .trimEnd(),
      )
      .join("\n")
      .trimEnd();
  }

  #put(char: string): void {
    if (this.#column < this.columns) this.#line[this.#column] = char;
    this.#column += 1;
  }

  get #line(): string[] {
    return (this.#lines[this.#row] ??= []);
  }

  #feed(): void {
    this.#column = 0;
    this.#row += 1;
    if (this.#row < this.rows) return;
    this.#lines.shift();
    this.#row = this.rows - 1;
    this.scrolled += 1;
  }

  #obey(final: string, parameters: string): void {
    const n = Number(parameters.split(";")[0] || "1");
    if (final === "A") this.#row = Math.max(0, this.#row - n);
    if (final === "B") this.#row += n;
    if (final === "C") this.#column += n;
    if (final === "D") this.#column = Math.max(0, this.#column - n);
    if (final === "E") [this.#row, this.#column] = [this.#row + n, 0];
    if (final === "F") [this.#row, this.#column] = [Math.max(0, this.#row - n), 0];
    if (final === "G") this.#column = n - 1;
    if (final === "H") [this.#row, this.#column] = [n - 1, Number(parameters.split(";")[1] || "1") - 1];
    if (final === "J") this.#eraseDown(parameters);
    if (final === "K") this.#lines[this.#row] = parameters === "2" ? [] : this.#line.slice(0, this.#column);
    if (parameters === "?25") this.cursor = final === "h";
  }

  #eraseDown(parameters: string): void {
    if (parameters === "2") this.#lines = [];
    else this.#lines = [...this.#lines.slice(0, this.#row), this.#line.slice(0, this.#column)];
  }
}
