import { storeContract } from "../../test/contract/store.ts";
import { notified, parse } from "../../test/contract/store-fixtures.ts";
import { openStore } from "./index.ts";

storeContract("memory", {
  open: () => openStore({ parse, notified, memory: {} }),
  forgets: "the memory store is for tests and simulation and keeps nothing",
});
