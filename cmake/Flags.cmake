# Warnings, hardening and sanitizers, for every target of the project.
include(CheckCCompilerFlag)
add_compile_definitions(_GNU_SOURCE PROJECT_VERSION="${PROJECT_VERSION}")
add_compile_options(-Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes)
option(WARNINGS_AS_ERRORS "Fail on any warning" ON)
if(WARNINGS_AS_ERRORS)
  add_compile_options(-Werror)
endif()

if(SANITIZE)
  add_compile_options(-fsanitize=${SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${SANITIZE})
else()
  add_link_options(-Wl,-z,defs)
  # Fortified functions need the optimizer.
  add_compile_options($<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE> $<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=2>)
endif()
add_compile_options(-fstack-protector-strong -fstack-clash-protection -ffunction-sections -fdata-sections)
check_c_compiler_flag(-fcf-protection HAVE_CF_PROTECTION) # x86 only
if(HAVE_CF_PROTECTION)
  add_compile_options(-fcf-protection)
endif()
# No path of the machine that builds gets into what is shipped.
add_compile_options(-ffile-prefix-map=${PROJECT_BINARY_DIR}/= -ffile-prefix-map=${PROJECT_SOURCE_DIR}/=)
add_link_options(-Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,-O1 -Wl,--as-needed -Wl,--gc-sections)
# A release carries no debug information, so its symbol tables would help nobody.
add_link_options($<$<CONFIG:Release>:-s>)
