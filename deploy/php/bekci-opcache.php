<?php
// What OPcache and APCu say of themselves, as JSON: read by bekci through FastCGI, changed by nobody.
//
// It lives outside any web root (/usr/share/bekci/), so no web server can be asked for it. bekci runs it only while it
// and every directory above it belong to root and nobody else may write there. It takes no input and changes nothing.
// Of scripts and keys it tells how many there are, never which.

declare(strict_types=1);

function bekci_opcache(): array
{
    if (!function_exists('opcache_get_status')) {
        return ['installed' => false];
    }
    // false without scripts; false is also the answer where OPcache is off or opcache.restrict_api shuts us out.
    $status = @opcache_get_status(false);
    return is_array($status) ? ['installed' => true, 'status' => $status] : ['installed' => true];
}

function bekci_apcu(): array
{
    if (!function_exists('apcu_enabled') || !apcu_enabled()) {
        return ['installed' => function_exists('apcu_enabled')];
    }
    $cache = @apcu_cache_info(true);
    $memory = @apcu_sma_info(true);
    return ['installed' => true, 'cache' => $cache, 'memory' => $memory];
}

header('Content-Type: application/json');
header('Cache-Control: no-store');
echo json_encode(
    [
        'bekci' => 1,
        'php' => PHP_VERSION,
        'opcache' => bekci_opcache(),
        'apcu' => bekci_apcu(),
    ],
    JSON_INVALID_UTF8_SUBSTITUTE | JSON_PARTIAL_OUTPUT_ON_ERROR
);
