export { FlowsOf } from "./Runs";
