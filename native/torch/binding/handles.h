#pragma once
// Handles of the torch engine's binding: what its files share.

#include <ATen/ATen.h>

#ifndef NAPI_VERSION
#define NAPI_VERSION 9
#endif
#include <napi.h>

namespace sslmem::torch {

/// A tensor as { handle, shape, dtype, bytes }.
Napi::Value result_of(Napi::Env env, const at::Tensor& tensor);

/// Adds the calls for images and views (images.cpp) to what the module exports.
void export_images(Napi::Env env, Napi::Object exports);

}  // namespace sslmem::torch
