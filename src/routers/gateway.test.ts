import { routerContract, type OpenRouter } from "../../test/contract/router.ts";
import { get, GatewayStage } from "../../test/gateway/stage.ts";
import { gatewayRouter } from "./index.ts";

/** Two workers: a plan is live when both have it. */
async function open(): Promise<OpenRouter> {
  const stage = await GatewayStage.begin();
  const gateway = await stage.open({ workers: 2 });
  let unit = 0;
  return {
    router: gatewayRouter(gateway),
    stable: stage.arm("stable"),
    canary: stage.arm("canary"),
    send: async (requests) => {
      const met = { stable: 0, canary: 0 };
      for (let left = requests; left > 0; left -= 20) {
        const some = Array.from({ length: Math.min(20, left) }, () => get(gateway.port, { "x-unit": String(++unit) }));
        const answers = await Promise.all(some);
        for (const { arm } of answers) met[arm as keyof typeof met] += 1;
      }
      return met;
    },
    close: () => stage.close(),
  };
}

routerContract("the embedded gateway", { open });
