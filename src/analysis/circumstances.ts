/** Where in the release a measurement falls. */
export interface Circumstances {
  /** First plan version of the present stage: ticks of earlier plans are not evidence for its safety. */
  readonly stagePlan: number;
  /** When the present stage was entered, epoch milliseconds. */
  readonly stageAt: number;
  /** When the release began, epoch milliseconds. */
  readonly startedAt: number;
  /** How long the release is planned to take: late faults are watched for over this time. */
  readonly plannedMs: number;
  /** How many stages are planned, and which one this is, from 0. */
  readonly stages: number;
  readonly stage: number;
  /** The canary's part of the units that are compared in this stage, where it is planned. */
  readonly share?: number;
}
