/** A request as it was sent so far, so that it can be sent again: head, and body while it is short. */

const USUAL = 2048;
/** Longer requests are sent once. */
const LONGEST = 16_384;

export class Kept {
  bytes = Buffer.allocUnsafeSlow(USUAL);
  /** Where the head ends. */
  headEnd = 0;
  length = 0;
  /** Some of the body went by without being kept. */
  spent = false;

  /** Starts anew with room for a head of `size` bytes. */
  begin(size: number): Buffer {
    this.length = 0;
    this.spent = false;
    if (this.bytes.length < size || this.bytes.length > LONGEST) {
      this.bytes = Buffer.allocUnsafeSlow(Math.max(USUAL, size));
    }
    return this.bytes;
  }

  /** The head was written up to `end`. */
  head(end: number): void {
    this.headEnd = end;
    this.length = end;
  }

  /** Keeps bytes[at, end), however many: until they are sent they have nowhere else to be. */
  append(bytes: Buffer, at: number, end: number): void {
    const length = this.length + end - at;
    if (length > this.bytes.length) this.#grow(length);
    bytes.copy(this.bytes, this.length, at, end);
    this.length = length;
  }

  /** A new piece of memory: the old one may be on its way out. */
  #grow(length: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(length, Math.min(2 * this.bytes.length, LONGEST)));
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
  }

  /** Whether `more` bytes can still be kept. */
  fits(more: number): boolean {
    return !this.spent && this.length + more <= LONGEST;
  }
}
