/**
 * Which mathematics a decision was made by. Raised by one with every change after which the same measurements could
 * give another number, so that a record says by itself why a newer Serin computes something else.
 */
export const FORMULA = 2;
