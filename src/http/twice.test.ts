import fc from "fast-check";
import { expect, test } from "vitest";
import { keyGivenTwice } from "./twice.ts";

test.each([
  [`{"a":1,"a":2}`, "a"],
  [`{"a":{"b":1,"c":[{"d":1},{"d":1}],"b":2}}`, "b"],
  [`{"\\u0061":1,"a":2}`, "a"],
  [`{"":1, "" :2}`, ""],
  [`[{"x":"}"},{"y":"{","y":1}]`, "y"],
  [`{"__proto__":1,"__proto__":2}`, "__proto__"],
])("%s", (text, key) => {
  expect(keyGivenTwice(text)).toBe(key);
});

test("whatever JSON.stringify writes has none, however it is spaced", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom(0, 2), (value, space) => {
      expect(keyGivenTwice(JSON.stringify(value, null, space))).toBeNull();
    }),
  );
});

test("a key put in once more is found, wherever it is", () => {
  const place = fc.tuple(fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue(), { minKeys: 1 }), fc.nat());
  fc.assert(
    fc.property(place, ([object, which]) => {
      const keys = Object.keys(object);
      const key = keys[which % keys.length];
      const text = `{"outer":[1,${JSON.stringify(object).slice(0, -1)},${JSON.stringify(key)}:null}]}`;
      expect(keyGivenTwice(text)).toBe(key);
    }),
  );
});

test("neither a million brackets nor a string of a million characters takes any stack", () => {
  expect(keyGivenTwice(`{"a":"${"x".repeat(1e6)}${"\\n".repeat(1e5)}","a":1}`)).toBe("a");
  expect(keyGivenTwice(`${"[".repeat(1e6)}{"a":1,"a":1}${"]".repeat(1e6)}`)).toBe("a");
});
