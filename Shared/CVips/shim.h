#ifndef CVIPS_SHIM_H
#define CVIPS_SHIM_H

#include <malloc.h>
#include <vips/vips.h>

// Swift does not import variadic functions: one function per call that Media makes, with its options named.

/// Starts libvips once, small: no operation cache, one thread per operation (the pool decides how many run at once),
/// and none of the loaders that were not written for hostile input.
static inline int cv_start(void) {
    // Pixels are large and short-lived: each buffer is a mapping of its own that goes back to the system when it is freed.
    // Left alone, glibc raises this threshold with every buffer freed and keeps them all.
    mallopt(M_MMAP_THRESHOLD, 256 * 1024);
    mallopt(M_ARENA_MAX, 4);
    g_setenv("VIPS_WARNING", "0", FALSE); // damaged files are errors of ours to report, not lines on stderr
    if (vips_init("circle")) return -1;
    vips_cache_set_max(0);
    vips_cache_set_max_mem(0);
    vips_cache_set_max_files(0);
    vips_concurrency_set(1);
    vips_block_untrusted_set(TRUE);
    return 0;
}

/// Gives back what a thread of the pool gathered while it worked on a picture.
static inline void cv_rest(void) {
    vips_thread_shutdown();
    malloc_trim(0);
}

/// The type argument is a macro over a function call, which Swift does not see.
static inline void cv_unref(VipsImage *image) { g_object_unref(image); }
static inline void cv_free(void *bytes) { g_free(bytes); }

static inline VipsImage *cv_from_rgba(const void *pixels, int width, int height) {
    VipsImage *raw = vips_image_new_from_memory_copy(pixels, (size_t)width * height * 4, width, height, 4, VIPS_FORMAT_UCHAR);
    if (!raw) return 0;
    VipsImage *image = 0;
    int failed = vips_copy(raw, &image, "interpretation", VIPS_INTERPRETATION_sRGB, NULL);
    g_object_unref(raw);
    return failed ? 0 : image;
}
/// Reads header first, pixels as they are needed.
static inline VipsImage *cv_from_file_bytes(const void *bytes, size_t count) {
    return vips_image_new_from_buffer(bytes, count, "", "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_ERROR, NULL);
}
/// Fits into width × height, turned upright, in sRGB; never enlarged.
static inline VipsImage *cv_thumbnail(const void *bytes, size_t count, int width, int height) {
    VipsImage *image = 0;
    int failed = vips_thumbnail_buffer((void *)bytes, count, &image, width, "height", height, "size", VIPS_SIZE_DOWN, NULL);
    return failed ? 0 : image;
}
static inline VipsImage *cv_thumbnail_image(VipsImage *in, int width, int height) {
    VipsImage *image = 0;
    return vips_thumbnail_image(in, &image, width, "height", height, "size", VIPS_SIZE_DOWN, NULL) ? 0 : image;
}
/// Exactly width × height, whatever the proportions.
static inline VipsImage *cv_squeeze(VipsImage *in, int width, int height) {
    VipsImage *image = 0;
    return vips_thumbnail_image(in, &image, width, "height", height, "size", VIPS_SIZE_FORCE, NULL) ? 0 : image;
}
/// sRGB, eight bits, exactly `bands` (3 or 4) of them; transparency goes onto white for 3.
static inline VipsImage *cv_as_rgb(VipsImage *in, int bands) {
    VipsImage *srgb = 0, *image = 0;
    if (vips_colourspace(in, &srgb, VIPS_INTERPRETATION_sRGB, NULL)) return 0;
    int failed;
    if (bands == 3 && vips_image_hasalpha(srgb)) {
        VipsArrayDouble *white = vips_array_double_newv(3, 255.0, 255.0, 255.0);
        failed = vips_flatten(srgb, &image, "background", white, NULL);
        vips_area_unref(VIPS_AREA(white));
    } else if (bands == 4 && !vips_image_hasalpha(srgb)) {
        failed = vips_addalpha(srgb, &image, NULL);
    } else {
        failed = vips_copy(srgb, &image, NULL);
    }
    g_object_unref(srgb);
    if (failed) return 0;
    VipsImage *bytes = 0;
    failed = vips_cast_uchar(image, &bytes, NULL);
    g_object_unref(image);
    return failed ? 0 : bytes;
}
static inline VipsImage *cv_over(VipsImage *base, VipsImage *overlay, int x, int y) {
    VipsImage *image = 0;
    return vips_composite2(base, overlay, &image, VIPS_BLEND_MODE_OVER, "x", x, "y", y, NULL) ? 0 : image;
}
static inline int cv_save_png(VipsImage *in, void **bytes, size_t *count) {
    return vips_pngsave_buffer(in, bytes, count, "compression", 6, "filter", VIPS_FOREIGN_PNG_FILTER_ALL, "strip", TRUE, NULL);
}
static inline int cv_save_jpeg(VipsImage *in, void **bytes, size_t *count, int quality) {
    return vips_jpegsave_buffer(in, bytes, count, "Q", quality, "optimize_coding", TRUE, "interlace", TRUE, "strip", TRUE, NULL);
}
static inline int cv_save_webp(VipsImage *in, void **bytes, size_t *count, int quality) {
    return vips_webpsave_buffer(in, bytes, count, "Q", quality, "strip", TRUE, "effort", 4, NULL);
}

#endif
