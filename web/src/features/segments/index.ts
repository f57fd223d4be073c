export { Conditions } from "./Conditions";
export { Segments } from "./Segments";
export { useSegment } from "./queries";
