/** What has been seen of the code for GPUs. Every text that says it takes it from here: on the day that one runs, this changes. */
export const ON_GPUS = "has never run on a GPU";
