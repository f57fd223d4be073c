export { KNOWN as KNOWN_AT_SENDING } from "./tracking/words";
