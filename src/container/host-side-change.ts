/** One difference. `text` describes it for people, the other fields are for programs. */
export interface HostSideChange {
  /** `Files.Bind`, `Service.MemoryMax`, `activation.strategy`, `20-ve-web.network Network.Address`, … */
  setting: string;
  before: readonly string[];
  after: readonly string[];
  text: string;
}
