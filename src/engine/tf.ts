// The one import of TensorFlow.js. Nothing runs until openEngine() has registered a backend.
export * from "@tensorflow/tfjs-core";
