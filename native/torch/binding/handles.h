#pragma once
// Handles of the torch engine's binding: what its files share.

#include <ATen/ATen.h>

#ifndef NAPI_VERSION
#define NAPI_VERSION 9
#endif
#include <napi.h>

namespace sslmem::torch {

/// What a handle holds; undefined once it is released.
struct Held {
  at::Tensor tensor;
  int64_t counted = 0;  // bytes of it in the account
};

/// A new handle for a tensor.
Napi::Value hold(Napi::Env env, at::Tensor tensor);

/// What a handle holds. Throws TypeError for anything else.
Held& held_by(const Napi::Value& value);

/// Its tensor. Throws Error when it was released.
at::Tensor& tensor_of(const Napi::Value& value);

/// Releases the tensor's memory; a second call does nothing.
void release(Napi::Env env, Held& held);

/// A tensor as { handle, shape, dtype, bytes }.
Napi::Value result_of(Napi::Env env, const at::Tensor& tensor);

/// Adds the calls for images and views (images.cpp) to what the module exports.
void export_images(Napi::Env env, Napi::Object exports);

}  // namespace sslmem::torch
