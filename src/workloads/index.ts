/** Who says that an arm is ready. A new one is a file with its test and one line here. */
export { gatewayWorkload, type GatewayWorkloadDeps } from "./gateway.ts";
