import { storeContract } from "../../test/contract/store.ts";
import { parse } from "../../test/contract/store-fixtures.ts";
import { openStore } from "./index.ts";

storeContract("memory", {
  open: () => openStore({ parse, memory: {} }),
  forgets: "the memory store is for tests and simulation and keeps nothing",
});
