/** Who can be told to split traffic. A new one is a file with its test and one line here. */
export { gatewayRouter } from "./gateway.ts";
