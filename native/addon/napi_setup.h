#pragma once
// The only include of napi.h, so that its settings (NAPI_VERSION, exceptions; see CMakeLists.txt) cannot
// differ.
#include <napi.h>

static_assert(NAPI_VERSION == 9, "Node 20 speaks Node-API 9; an addon built for a newer one crashes it");
