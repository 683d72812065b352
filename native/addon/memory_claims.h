#pragma once
// Which memory of JavaScript arrays the running calls read and write, so that two calls cannot race for it.

#include <cstddef>
#include <cstdint>
#include <list>
#include <string>

#include "napi_setup.h"

namespace sslmem::addon {

struct MemoryClaim {
  uintptr_t begin, end;
  bool writes;
};

/// One list per environment, used on its JavaScript thread only.
class MemoryClaims {
 public:
  using Ticket = std::list<MemoryClaim>::iterator;

  /// Throws an Error if [data, data + bytes) overlaps memory that a running call (or an earlier argument of
  /// this one) writes, or reads while this one would write it.
  Ticket claim(Napi::Env env, const void* data, size_t bytes, bool writes, const std::string& name) {
    const auto begin = reinterpret_cast<uintptr_t>(data);
    const MemoryClaim wanted{begin, begin + bytes, writes};
    for (const auto& claim : claims_) {
      const bool overlap = wanted.begin < claim.end && claim.begin < wanted.end;
      if (!overlap || !(wanted.writes || claim.writes)) continue;
      throw Napi::Error::New(env,
                             "Expected memory of its own for " + name +
                                 " but received an array that overlaps another argument or one that a call " +
                                 "which has not settled yet is using");
    }
    return claims_.insert(claims_.end(), wanted);
  }

  void release(Ticket ticket) { claims_.erase(ticket); }

  /// The list of this environment.
  static MemoryClaims& of(Napi::Env env) { return *env.GetInstanceData<MemoryClaims>(); }

 private:
  std::list<MemoryClaim> claims_;
};

}  // namespace sslmem::addon
