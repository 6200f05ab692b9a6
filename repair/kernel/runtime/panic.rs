unsafe extern "C" {
    fn llmigrate_rust_panic(
        file: *const u8,
        file_length: usize,
        line: u32,
        column: u32,
        why: *const u8,
        why_length: usize,
    ) -> !;
}

/// Tells the kernel where it was and stops it; what would need formatting is left out.
#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    let why = info.message().as_str().unwrap_or("");
    let (file, line, column) = match info.location() {
        Some(place) => (place.file(), place.line(), place.column()),
        None => ("?", 0, 0),
    };
    // SAFETY: both texts are alive for the call, which does not keep them.
    unsafe { llmigrate_rust_panic(file.as_ptr(), file.len(), line, column, why.as_ptr(), why.len()) }
}
