// Makes torch believe that its accelerator is an HPU, as Intel's own build of torch does.
//
// Stock CUDA builds answer "CUDA" at compile time, and autograd asks once, early. Loaded before
// torch with global visibility, this definition is the one the dynamic linker finds.
//
// Repeats the two declarations it needs: torch's headers would pull in torch itself.

#include <cstdint>
#include <optional>

namespace c10 {
enum class DeviceType : int8_t;
}

namespace at::accelerator {
std::optional<c10::DeviceType> getAccelerator(bool /*checked*/) {
  constexpr auto hpu = static_cast<c10::DeviceType>(15);  // c10/core/DeviceType.h
  return hpu;
}
}  // namespace at::accelerator
